# Run as a script: the text file FILE becomes `const char NAME[]` in SOURCE.
file(READ ${FILE} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${SOURCE} "// Made from ${FILE_NAME} by cmake/embed_text.cmake.\nextern const char ${NAME}[];\nconst char ${NAME}[] = {${bytes}0x00};\n")
