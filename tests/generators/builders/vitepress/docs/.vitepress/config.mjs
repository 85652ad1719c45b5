import { transformerTwoslash } from '@shikijs/vitepress-twoslash'

export default {
  title: 'Larder',
  description: 'Jars and lids',
  ignoreDeadLinks: true,
  markdown: {
    math: true,
    codeTransformers: [transformerTwoslash()],
    languages: ['js', 'ts', 'jsx', 'tsx'],
  },
}
