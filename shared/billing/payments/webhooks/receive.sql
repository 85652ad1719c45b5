-- name: record_event
SELECT record_provider_event(
  %(provider)s, %(event_id)s, %(type)s, %(object_id)s, %(account)s, %(happened_at)s, %(body)s, %(now)s
) AS is_new
