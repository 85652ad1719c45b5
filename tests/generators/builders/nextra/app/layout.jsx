import { Footer, Layout, Navbar } from 'nextra-theme-docs'
import { Head } from 'nextra/components'
import { getPageMap } from 'nextra/page-map'

export const metadata = { title: { default: 'Larder', template: '%s | Larder' } }

export default async function Root({ children }) {
  return (
    <html lang="en" dir="ltr" suppressHydrationWarning>
      <Head />
      <body>
        <Layout
          pageMap={await getPageMap()}
          navbar={<Navbar logo={<b>Larder</b>} />}
          footer={<Footer>Larder's documentation</Footer>}
          docsRepositoryBase="https://example.com/larder"
        >
          {children}
        </Layout>
      </body>
    </html>
  )
}
