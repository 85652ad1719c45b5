import { defineEcConfig } from '@astrojs/starlight/expressive-code'
import { pluginLineNumbers } from '@expressive-code/plugin-line-numbers'
import ecTwoSlash from 'expressive-code-twoslash'

export default defineEcConfig({
  tabWidth: 0, // tabs stay what they are
  plugins: [pluginLineNumbers(), ecTwoSlash()],
  defaultProps: { showLineNumbers: false },
})
