-- name: take
INSERT INTO number_series AS s (series, year, last, issued_at)
VALUES (%(series)s::text, %(year)s::int, %(count)s::int, %(now)s::timestamptz)
ON CONFLICT (series) DO UPDATE SET
  year = greatest(s.year, excluded.year),
  last = excluded.last + CASE WHEN s.year >= excluded.year THEN s.last ELSE 0 END,
  issued_at = greatest(s.issued_at, excluded.issued_at)
RETURNING year, last, issued_at;
