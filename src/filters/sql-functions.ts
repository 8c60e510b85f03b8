/**
 * Functions without effects that rules of reading need not think about: PostgreSQL 18, chapter 9 ("Functions and
 * Operators"), and the names that MySQL 8.4 and SQLite 3 have for the same. Not in it: whatever reads or writes files,
 * settings, sequences, locks, large objects or other servers, sleeps, or runs SQL that it is given.
 */
const names = `
count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_slope
regr_intercept regr_r2 regr_count regr_avgx regr_avgy regr_sxx regr_syy regr_sxy bool_and bool_or every bit_and bit_or
bit_xor array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg group_concat total mode percentile_cont
percentile_disc any_value grouping
row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
abs ceil ceiling floor round trunc truncate sign mod div power pow sqrt cbrt exp ln log log10 log2 pi degrees radians
sin cos tan asin acos atan atan2 sinh cosh tanh gcd lcm factorial width_bucket random rand scale min_scale trim_scale
greatest least coalesce nullif ifnull isnull iif
length char_length character_length octet_length bit_length upper lower initcap trim btrim ltrim rtrim lpad rpad left
right substr substring position strpos instr locate overlay replace translate reverse split_part concat concat_ws
starts_with ascii chr char format to_char to_number to_date to_timestamp quote_literal quote_ident quote_nullable md5
sha1 sha2 sha224 sha256 sha384 sha512 encode decode hex unhex to_hex to_bin to_oct unistr normalize is_normalized
unicode soundex like_escape similar_to_escape regexp_match regexp_matches regexp_replace regexp_like regexp_count
regexp_instr regexp_substr regexp_split_to_array regexp_split_to_table string_to_array string_to_table printf glob like
field find_in_set substring_index space
now current_date current_time current_timestamp localtime localtimestamp clock_timestamp statement_timestamp
transaction_timestamp timeofday curdate curtime utc_date utc_timestamp date time datetime timestamp timestampdiff
timestampadd datediff date_diff date_add date_sub date_trunc date_part date_bin date_format extract age justify_days
justify_hours justify_interval make_date make_time make_timestamp make_timestamptz make_interval isfinite overlaps
timezone julianday strftime unixepoch unix_timestamp from_unixtime year month day dayofweek dayofmonth dayofyear
dayname monthname week weekday weekofyear quarter hour minute second last_day str_to_date
array_length array_lower array_upper array_ndims array_dims array_position array_positions array_append array_prepend
array_cat array_remove array_replace array_to_string array_sort array_reverse cardinality unnest generate_series
generate_subscripts
to_json to_jsonb row_to_json array_to_json json_build_object jsonb_build_object json_build_array jsonb_build_array
json_object jsonb_object json_extract json_extract_path jsonb_extract_path json_extract_path_text
jsonb_extract_path_text json_array_length jsonb_array_length json_array_elements jsonb_array_elements
json_array_elements_text jsonb_array_elements_text json_each jsonb_each json_each_text jsonb_each_text json_object_keys
jsonb_object_keys json_typeof jsonb_typeof jsonb_set jsonb_insert json_strip_nulls jsonb_strip_nulls jsonb_pretty
jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first json_unquote
json_contains json_valid json_type json_array json_quote json_group_array json_group_object json_tree
to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline
numnode querytree setweight strip similarity word_similarity
row_to_json isempty lower_inc upper_inc lower_inf upper_inf range_merge int4range int8range numrange daterange tsrange
tstzrange host masklen network netmask broadcast family abbrev
typeof cast convert version current_database current_schema
`;

export const readingFunctions: ReadonlySet<string> = new Set(names.trim().split(/\s+/));
