"""What of a page is content: what surrounds it, is hidden or stands apart is dropped or labelled."""
