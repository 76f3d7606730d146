SELECT count(*) FROM raw_launches
