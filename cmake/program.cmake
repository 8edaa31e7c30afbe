# marvin_program(NAME): installs a program with its man page and its completions, which come from the
# table of its commands (common/cmd.h).
function(marvin_program name)
    set(page ${CMAKE_BINARY_DIR}/man/${name}.1)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/man)
    add_custom_command(OUTPUT ${page} COMMAND ${name} --print-manual > ${page} DEPENDS ${name} VERBATIM)
    add_custom_target(${name}-manual ALL DEPENDS ${page})
    install(TARGETS ${name})
    install(FILES ${page} TYPE MAN RENAME man1/${name}.1)
    install(FILES ${PROJECT_SOURCE_DIR}/common/completion.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name})
endfunction()
