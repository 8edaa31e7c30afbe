-- How many bisections run. Columns: n.
SELECT count(*)::int AS n FROM bisection WHERE state = 'running';
