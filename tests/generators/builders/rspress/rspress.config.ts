import { defineConfig } from '@rspress/core'
import { transformerCompatibleMetaHighlight } from '@rspress/core/shiki-transformers'
import { pluginTwoslash } from '@rspress/plugin-twoslash'
import { transformerNotationDiff } from '@shikijs/transformers'

export default defineConfig({
  root: 'docs',
  title: 'Larder',
  outDir: 'out',
  plugins: [pluginTwoslash()],
  markdown: {
    shiki: {
      langs: ['js', 'python', 'ts', 'tsx'],
      langAlias: { pycon: 'python' },
      transformers: [transformerNotationDiff(), transformerCompatibleMetaHighlight()],
    },
  },
})
