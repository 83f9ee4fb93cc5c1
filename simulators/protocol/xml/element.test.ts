import { expect, test } from 'vitest'
import { descendant, parseDocument } from './element.ts'

test('a document with prefixes is read', () => {
  const root = parseDocument(
    `<?xml version="1.0"?>\n<s:Envelope xmlns:s="urn:s"><s:Body><login xmlns="urn:x"><username>al&amp;ice</username></login></s:Body></s:Envelope>\n`,
  )
  expect(root?.getNS()).toBe('urn:s')
  expect(descendant(root, 'username')?.getText()).toBe('al&ice')
  expect(descendant(root, 'login')?.getNS()).toBe('urn:x')
})

test.each([
  '',
  'hello',
  '<a>',
  '<a></b>',
  '</a>',
  '<a>&x;</a>',
  `<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>`,
  `<a>${'<b>'.repeat(3)}</a>`,
  `<a>${'<b>'.repeat(200)}${'</b>'.repeat(200)}</a>`,
])('%s is no document', (text) => {
  expect(parseDocument(text)).toBeUndefined()
})

test('a document beyond the limit is not read', () => {
  expect(parseDocument(`<a>${'x'.repeat(100)}</a>`, 50)).toBeUndefined()
})
