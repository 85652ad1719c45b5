"""What a site lists for programs: sitemaps, llms.txt, inventories, other forms of its pages."""
