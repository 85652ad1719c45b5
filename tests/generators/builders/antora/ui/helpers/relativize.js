'use strict'

const { posix: path } = require('path')

// The default UI's helper: a link from the page that is rendered to a URL of the site.
module.exports = (to, { data: { root } }) => {
  if (!to || to[0] !== '/') return to || '#'
  const from = root.page.url
  if (from === to) return path.basename(to)
  return path.relative(path.dirname(from + '.'), to) || '.'
}
