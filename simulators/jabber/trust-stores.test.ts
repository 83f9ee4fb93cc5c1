import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { platformNames, platforms } from './platforms.ts'
import { TrustStores } from './trust-stores.ts'

function storesOn(platform: (typeof platformNames)[number]): TrustStores {
  const folder = mkdtempSync(join(tmpdir(), 'jabber-trust-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return new TrustStores(folder, platform)
}

test.each(platformNames)('%s trusts what is in its own store only', (platform) => {
  const stores = storesOn(platform)
  stores.preinstall(['public CA'])
  for (const other of platformNames.filter((name) => name !== platform))
    stores.import(platforms[other].trustStore, `CA for ${other}`)
  stores.import('application folder', 'CA of the application')
  expect(stores.trusted()).toEqual(['public CA'])
  stores.import(platforms[platform].trustStore, 'own CA')
  expect(stores.trusted().sort()).toEqual(['own CA', 'public CA'])
})

test('what the device comes with is replaced, what was imported stays', () => {
  const stores = storesOn('Windows')
  stores.preinstall(['first', 'second'])
  stores.import('Certificate Manager', 'imported')
  stores.preinstall([])
  expect(stores.trusted()).toEqual(['imported'])
})

test('there is no such place', () => {
  expect(() => storesOn('iOS').import('../../etc', 'x')).toThrow('there is no "../../etc"')
})
