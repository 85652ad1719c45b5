import { useMDXComponents as ofTheme } from 'nextra-theme-docs'
import { Callout, Tabs } from 'nextra/components'

export function useMDXComponents(components) {
  return { ...ofTheme(), Callout, Tabs, ...components }
}
