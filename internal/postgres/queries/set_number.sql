SELECT setval(pg_get_serial_sequence(quote_ident($1::TEXT), $2::TEXT)::REGCLASS, $3::BIGINT)
