import { describe, expect, it } from 'vitest'
import { xmlAt } from './xml-document.ts'

const documents = { Status: { zones: [{ name: 'Traversal zone' }] } }

describe('a document as XML', () => {
  it('escapes what cannot stand in it', () => {
    const xml = xmlAt('VCS', { Status: { 'a b': 'x<y\u0000', 1: ['p', 'q'] } }, '/Status')
    expect(xml).toContain('<A_b>x&lt;y\ufffd</A_b>')
    expect(xml).toContain('<_1><Item item="1">p</Item><Item item="2">q</Item></_1>')
  })

  it('shows a part by its location, whatever the case', () => {
    expect(xmlAt('VCS', documents, '/status/Zones')).toContain('<Status product="VCS"><Zones><Item item="1">')
  })

  it.each(['/Zones', '/Status/None', '/Status/constructor', '/Configuration', ''])('has nothing at %s', (location) => {
    expect(xmlAt('VCS', documents, location)).toBeUndefined()
  })
})
