import { defineEcConfig } from '@astrojs/starlight/expressive-code'
import { pluginLineNumbers } from '@expressive-code/plugin-line-numbers'
import ecTwoSlash from 'expressive-code-twoslash'

export default defineEcConfig({
  plugins: [pluginLineNumbers(), ecTwoSlash()],
  defaultProps: { showLineNumbers: false },
})
