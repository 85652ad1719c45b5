-- Who bills and who is billed.

-- name: seller
SELECT name, address, postcode, city, region, country, vat_number, invoice_email, reference, locale, zone, term_days,
       currency, iban, oss, small_business, legal_notes
FROM seller;

-- name: customers
SELECT u.id AS user_id, c.name, c.address, c.postcode, c.city, c.region, c.country, c.vat_number,
       coalesce(c.invoice_email, u.email) AS invoice_email, c.reference, c.locale, c.zone, c.term_days
FROM users u LEFT JOIN customers c ON c.user_id = u.id
WHERE u.id = ANY(%(users)s::uuid[]);

-- name: customer_kept
SELECT name, address, postcode, city, region, country, vat_number, invoice_email, reference, locale, zone, term_days, pauses
FROM customers WHERE user_id = %(user_id)s::uuid;

-- name: set_customer
INSERT INTO customers (user_id, name, address, postcode, city, region, country, vat_number, invoice_email, reference,
                       locale, zone, term_days, pauses, created_at)
VALUES (%(user_id)s::uuid, %(name)s::text, %(address)s::text, %(postcode)s::text, %(city)s::text, %(region)s::text,
        %(country)s::text, %(vat_number)s::text, %(invoice_email)s::text, %(reference)s::text, %(locale)s::text,
        %(zone)s::text, %(term_days)s::int, %(pauses)s::boolean, %(now)s::timestamptz)
ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, address = excluded.address, postcode = excluded.postcode,
  city = excluded.city, region = excluded.region, country = excluded.country, vat_number = excluded.vat_number,
  invoice_email = excluded.invoice_email, reference = excluded.reference, locale = excluded.locale,
  zone = excluded.zone, term_days = excluded.term_days, pauses = excluded.pauses;

-- name: make_seller
-- repeatable: the one row is made once
INSERT INTO seller (created_at) VALUES (%(now)s::timestamptz) ON CONFLICT DO NOTHING;

-- name: seller_locked
SELECT FROM seller FOR UPDATE;

-- name: set_seller
-- repeatable: it says what is to stand there
UPDATE seller SET name = %(name)s::text, address = %(address)s::text, postcode = %(postcode)s::text,
  city = %(city)s::text, region = %(region)s::text, country = %(country)s::text, vat_number = %(vat_number)s::text,
  invoice_email = %(invoice_email)s::text, reference = %(reference)s::text, locale = %(locale)s::text,
  zone = %(zone)s::text, term_days = %(term_days)s::int, currency = %(currency)s::text, iban = %(iban)s::text,
  oss = %(oss)s::boolean, small_business = %(small_business)s::boolean, legal_notes = %(legal_notes)s::jsonb;
