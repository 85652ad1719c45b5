import rehypeKatex from 'rehype-katex'
import remarkMath from 'remark-math'

const marked = (name) => ({
  className: `code-block-${name}-line`,
  line: `${name}-next-line`,
  block: { start: `${name}-start`, end: `${name}-end` },
})

export default {
  title: 'Larder',
  url: 'https://docusaurus.example',
  baseUrl: '/',
  onBrokenLinks: 'ignore',
  presets: [
    [
      'classic',
      {
        docs: { routeBasePath: '/', remarkPlugins: [remarkMath], rehypePlugins: [rehypeKatex] },
        blog: false,
        pages: false,
        theme: { customCss: './src/custom.css' },
      },
    ],
  ],
  themeConfig: {
    prism: {
      additionalLanguages: [
        'bash', 'csharp', 'diff', 'docker', 'haskell', 'http', 'ini', 'java', 'json', 'latex', 'lua',
        'makefile', 'nginx', 'php', 'powershell', 'ruby', 'scss', 'shell-session', 'toml',
      ],
      magicComments: [
        {
          className: 'theme-code-block-highlighted-line',
          line: 'highlight-next-line',
          block: { start: 'highlight-start', end: 'highlight-end' },
        },
        marked('add'),
        marked('remove'),
      ],
    },
  },
}
