# One interface target carries what every one of our targets is compiled with.
add_library(marvin_flags INTERFACE)
target_include_directories(marvin_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_definitions(marvin_flags INTERFACE
    _GNU_SOURCE
    GLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74
    GLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74)
target_compile_options(marvin_flags INTERFACE
    -Wall -Wextra            # the usual
    -Wconversion             # a sample count that silently loses bits is a wrong result
    -Wno-sign-conversion     # GLib's own macros trip over it
    -Wshadow                 # an inner `error` hides the one to be filled
    -Wstrict-prototypes -Wmissing-prototypes # every public function has a header
    -Wformat=2               # a format that is data is an injection
    -Wcast-qual -Wvla
    -fno-common)
if(MARVIN_WERROR)
    target_compile_options(marvin_flags INTERFACE -Werror)
endif()
if(MARVIN_SANITIZE)
    target_compile_options(marvin_flags INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(marvin_flags INTERFACE -fsanitize=address,undefined)
endif()
if(MARVIN_FUZZ)
    target_compile_options(marvin_flags INTERFACE -fsanitize=fuzzer-no-link) # coverage for libFuzzer
endif()
