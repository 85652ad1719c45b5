import { viteBundler } from '@vuepress/bundler-vite'
import { markdownMathPlugin } from '@vuepress/plugin-markdown-math'
import { shikiPlugin } from '@vuepress/plugin-shiki'
import { defaultTheme } from '@vuepress/theme-default'

export default {
  title: 'Larder',
  bundler: viteBundler(),
  theme: defaultTheme({ sidebar: 'heading', themePlugins: { shiki: false } }),
  plugins: [
    shikiPlugin({ theme: 'nord', notationDiff: true, lineNumbers: 'disable' }),
    markdownMathPlugin({ type: 'katex' }),
  ],
}
