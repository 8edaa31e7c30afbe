-- Least rights. Everyone reads; writing is by functions that run as their owner, each granted to
-- the roles that need it. marvin_report alone writes tables: decisions, which it appends.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA marvin FROM PUBLIC;
GRANT USAGE ON SCHEMA marvin TO marvin_builder, marvin_runner, marvin_report;
GRANT SELECT ON ALL TABLES IN SCHEMA marvin TO marvin_builder, marvin_runner, marvin_report;
GRANT EXECUTE ON FUNCTION marvin_now(), lease_is_held(bigint), is_canary(bigint), exclusive_bisection(int), overdue_before(), about_text(float8), job_is_left(job), nobody_since(text, timestamptz, timestamptz), builder_suits(text, text[], text, text),
    fault_remedy(text), run_identity(bigint), run_name(bigint) TO marvin_builder, marvin_runner, marvin_report;
GRANT EXECUTE ON FUNCTION notice_store(text, text), definition_store(text, text, text, jsonb)
    TO marvin_builder, marvin_runner;
GRANT EXECUTE ON FUNCTION machine_store(text, text), distro_store(text, text) TO marvin_builder, marvin_runner;
GRANT EXECUTE ON FUNCTION tree_store(text, text, text), tree_note(int, text, text), subject_store(int, text, timestamptz, text),
    release_store(int, bigint, text, text, bool, bool, timestamptz),
    setting_store(text, text), package_store(int, text, text, text, text), package_dated(bigint, timestamptz),
    queue_build(bigint, text, text, text, text, int),
    queue_battery(bigint, int, int, text, text, text, int, int, text, bigint),
    battery_rebuild(bigint, bigint), battery_want(bigint, int, bool), battery_rank(bigint, int), queue_anchors(int, int[], text[], text[], int[], bool),
    builder_announce(text, text, text[], int, text, float8), builder_reclaim(text, bool), claim_build(text, float8), claim_extend(bigint, float8),
    finish_build(bigint, text, int, float8, float8, float8, text, text, text, bigint, jsonb, jsonb)
    TO marvin_builder;
GRANT EXECUTE ON FUNCTION bisection_begin(text, text[], text, text, text, text[], jsonb, text, bigint),
    bisection_request_store(bigint, bigint, int, int, text), bisection_store(bigint, text, text, jsonb),
    bisection_withdraw(bigint), bisection_refuse(bigint, text) TO marvin_builder;
GRANT EXECUTE ON FUNCTION home_store_set(text, bigint), transfer_begin(bigint, float8, text, text, bigint),
    transfer_put(bigint, float8, bigint, int, bytea, text), transfer_done(text), transfer_reject(text, text),
    transfer_clean(), transfer_is_open(text), transfer_is_whole(bigint),
    builder_suits(text, text[], text, text), farm_port(text, int), farm_store(text, float8, jsonb, int, text[]),
    node_store(text, text, int, text, text[], int, text, text, int, bigint, bigint, float8), node_drain(text, bool)
    TO marvin_builder;
GRANT INSERT, UPDATE ON schedule TO marvin_builder;
GRANT UPDATE (reported_at) ON battery TO marvin_builder;
GRANT EXECUTE ON FUNCTION lease_take(text, text, text, text, float8, float8), lease_extend(bigint, float8),
    lease_release(bigint, text), lease_revoke(bigint), lease_act(bigint), claim_boot(bigint), run_begin(bigint, bigint, text, text, bigint),
    run_fingerprint(bigint, bigint, text, text, jsonb, jsonb, jsonb), partitions_make(int),
    metric_store(text, text, text, text, text, float8, float8, bool, text[], text),
    trial_store(bigint, bigint, text, text, jsonb, text, int, int, text, text, timestamptz, timestamptz, text, jsonb),
    run_finish(bigint, bigint, text, text, text, text), job_change(bigint, text, text),
    artifact_expire(int, bool), success_logs_expire(float8, bool),
    foreign_build_store(text, text, text, text, text, text, text, text, text, timestamptz, timestamptz, text, text, jsonb, jsonb, bool), sample_store(bigint, bigint, text, text, jsonb),
    import_release(text, text, text, text, text, bool, timestamptz),
    import_run(text, text, text, text, bigint, text, text, text, text, text, timestamptz, timestamptz, text, text, jsonb,
               jsonb, jsonb, jsonb, jsonb, bool),
    import_trial(bigint, text, jsonb, jsonb, text, int, text, text, timestamptz, timestamptz, text, jsonb)
    TO marvin_runner;
GRANT INSERT ON family, judgement, change, verdict TO marvin_report;
GRANT EXECUTE ON FUNCTION machine_mark(text, text, text, text, bigint), canary_queue(int, text, timestamptz) TO marvin_runner;
