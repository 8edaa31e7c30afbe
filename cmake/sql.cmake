# marvin_sql(TARGET): every .sql file below sql/ becomes a constant of the program, so that
# programs need no files at run time and each statement still runs in psql as it stands.
# Made into sql/queries.h and sql/queries.c in the build folder by cmake/embed_sql.cmake.
function(marvin_sql out_source)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sql/*.sql)
    set(header ${PROJECT_BINARY_DIR}/sql/queries.h)
    set(source ${PROJECT_BINARY_DIR}/sql/queries.c)
    add_custom_command(OUTPUT ${header} ${source}
        COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}/sql -DHEADER=${header}
                -DSOURCE=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed_sql.cmake
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_sql.cmake
        COMMENT "embedding sql/" VERBATIM)
    set(${out_source} ${source} ${header} PARENT_SCOPE)
endfunction()
