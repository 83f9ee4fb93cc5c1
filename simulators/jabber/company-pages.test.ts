import { expect, test } from 'vitest'
import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { parseXml } from '#simulators/protocol/endpoint/xml.ts'
import { checkForUpdate, fetchPhoto, openCustomTab, readCompanyPages } from './company-pages.ts'

const policy = parseXml(`<config version="1.0">
<Directory><UdsPhotoUriWithToken>http://photo.example.com/%%uid%%.jpg</UdsPhotoUriWithToken></Directory>
<Client><UpdateUrl>http://update.example.com/Autoupdate.xml</UpdateUrl><jabber-plugin-config><browser-plugin>
<page refresh="true"><tooltip>News</tooltip><icon>https://www/i.png</icon><url>https://www/news</url></page>
<page><tooltip>Help</tooltip><icon>https://www/h.png</icon><url>https://www/help</url></page>
</browser-plugin></jabber-plugin-config></Client></config>`)

function accessWith(status: number, body: string) {
  const asked: string[] = []
  const access: ServiceAccess = {
    async fetch(url) {
      asked.push(url)
      return { status, reason: '', headers: {}, body: Buffer.from(body) }
    },
  }
  return { access, asked }
}

test('the update server is asked for the latest version', async () => {
  const pages = readCompanyPages(policy)
  const update = '<JabberUpdate><App name="JabberWin"><LatestVersion>9.7.1</LatestVersion></App></JabberUpdate>'
  const { access, asked } = accessWith(200, update)
  expect(await checkForUpdate(access, pages)).toEqual({ status: 200, latest: '9.7.1' })
  expect(asked).toEqual(['http://update.example.com/Autoupdate.xml'])
  expect(await checkForUpdate(accessWith(403, '').access, pages)).toEqual({ status: 403 })
})

test('a tab is its icon and its page', async () => {
  const { access, asked } = accessWith(200, '<p>help</p>')
  expect(await openCustomTab(access, readCompanyPages(policy), 'Help')).toMatchObject({
    icon: 200,
    body: '<p>help</p>',
  })
  expect(asked).toEqual(['https://www/h.png', 'https://www/help'])
})

test('the user id stands in the URL of the photo, encoded', async () => {
  const { access, asked } = accessWith(200, 'x')
  await fetchPhoto(access, readCompanyPages(policy), 'a/b')
  expect(asked).toEqual(['http://photo.example.com/a%2Fb.jpg'])
})

test('without a policy there is nothing to ask', async () => {
  const pages = readCompanyPages(undefined)
  expect(pages).toEqual({ updateUrl: undefined, photoTemplate: undefined, customTabs: [] })
  const { access } = accessWith(200, '')
  await expect(checkForUpdate(access, pages)).rejects.toThrow('no update server')
  await expect(openCustomTab(access, pages, 'News')).rejects.toThrow('no tab')
})
