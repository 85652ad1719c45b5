import { viteBundler } from '@vuepress/bundler-vite'
import { markdownMathPlugin } from '@vuepress/plugin-markdown-math'
import { defaultTheme } from '@vuepress/theme-default'

export default {
  title: 'Larder',
  bundler: viteBundler(),
  theme: defaultTheme({ themePlugins: { prismjs: { notationDiff: true, lineNumbers: 'disable' } } }),
  plugins: [markdownMathPlugin({ type: 'katex' })],
}
