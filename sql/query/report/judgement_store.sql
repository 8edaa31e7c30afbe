-- Stores a judgement. $1 family, $2 machine, $3 epoch or null, $4 distro, $5 trial key, $6 metric, $7 inputs
-- hash, $8 n_base, $9 n_new, $10 base, $11 new, $12 ratio, $13 ci_low, $14 ci_high, $15 margin, $16 prior_var,
-- $17 prior_df, $18 test, $19 p_mwu, $20 p_welch, $21 p, $22 q, $23 q_red, $24 mde, $25 boots_needed,
-- $26 state, $27 reason.
INSERT INTO judgement (family_id, machine_id, epoch_id, distro_id, trial_key, metric_id, inputs_hash, n_base, n_new,
                       base, new, ratio, ci_low, ci_high, margin, prior_var, prior_df, test, p_mwu, p_welch, p, q,
                       q_red, mde, boots_needed, state, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25, $26, $27)
