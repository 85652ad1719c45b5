import { transformerNotationDiff, transformerNotationHighlight } from '@shikijs/transformers'
import nextra from 'nextra'

const withNextra = nextra({
  latex: true,
  search: false,
  defaultShowCopyCode: true,
  mdxOptions: {
    rehypePrettyCodeOptions: { transformers: [transformerNotationDiff(), transformerNotationHighlight()] },
  },
})

export default withNextra({ output: 'export', images: { unoptimized: true } })
