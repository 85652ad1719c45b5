-- name: of_payment
UPDATE credits SET payment_id = %(payment_id)s::uuid WHERE id = %(id)s::uuid;
