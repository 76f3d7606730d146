-- Until the transaction ends, statements read indexes in their order. An estimate that is
-- wrong would choose otherwise, and then read and sort very many rows.
SELECT
    set_config('enable_seqscan', 'off', TRUE),
    set_config('enable_bitmapscan', 'off', TRUE),
    set_config('max_parallel_workers_per_gather', '0', TRUE),
    set_config('jit', 'off', TRUE)
