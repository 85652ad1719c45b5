import { defineEcConfig } from '@astrojs/starlight/expressive-code'
import { pluginCollapsibleSections } from '@expressive-code/plugin-collapsible-sections'
import { pluginLineNumbers } from '@expressive-code/plugin-line-numbers'
import ecTwoSlash from 'expressive-code-twoslash'

export default defineEcConfig({
  tabWidth: 0, // tabs stay what they are
  plugins: [pluginCollapsibleSections(), pluginLineNumbers(), ecTwoSlash()],
  defaultProps: { showLineNumbers: false },
})
