-- When a package was made. $1 subject id, $2 seconds since 1970.
SELECT package_dated($1, to_timestamp($2::float8));
