-- Until the transaction ends, statements find rows by the index of names, if there is one,
-- and not in the order of another one.
SELECT
    set_config('enable_seqscan', 'off', TRUE),
    set_config('enable_indexscan', 'off', TRUE),
    set_config('enable_indexonlyscan', 'off', TRUE),
    set_config('max_parallel_workers_per_gather', '0', TRUE),
    set_config('jit', 'off', TRUE)
