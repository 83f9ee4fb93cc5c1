import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { child, descendants, textOf } from './element.ts'
import { readXml, XmlRefused } from './read.ts'
import { escapeXml, xml } from './write.ts'

describe('documents', () => {
  test('a tree with namespaces, text and entities', () => {
    const root = readXml('<a:e xmlns:a="urn:a" k="&lt;1&gt;"><b xmlns="urn:b">x &amp; <c/>y</b></a:e>')
    expect(root).toMatchObject({ local: 'e', namespace: 'urn:a', attributes: { k: '<1>' } })
    expect(child(root, 'b', 'urn:b')).toBeDefined()
    expect(child(root, 'b', 'urn:c')).toBeUndefined()
    expect(textOf(child(root, 'b'))).toBe('x & y')
    expect(descendants(root, 'c').map((node) => node.namespace)).toEqual(['urn:b'])
  })

  test.each([
    ['a DTD', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'MRA_XML_DTD'],
    ['an entity nobody declared', '<a>&b;</a>', 'MRA_XML_MALFORMED'],
    ['an entity named like a member of every object', '<a>&constructor;</a>', 'MRA_XML_MALFORMED'],
    ['a missing end tag', '<a><b></a>', 'MRA_XML_MALFORMED'],
    ['nothing', '', 'MRA_XML_MALFORMED'],
    ['an undeclared prefix', '<a:b/>', 'MRA_XML_MALFORMED'],
    ['deep nesting', '<a>'.repeat(65) + '</a>'.repeat(65), 'MRA_XML_LIMIT'],
    ['many attributes', `<a ${Array.from({ length: 101 }, (_, i) => `a${i}=""`).join(' ')}/>`, 'MRA_XML_LIMIT'],
  ])('refuses %s', (_what, text, code) => {
    expect(() => readXml(text)).toThrow(expect.objectContaining({ code }))
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xbc, 0x3c, 0x2f, 0x61, 0x3e]))).toThrow(XmlRefused)
  })

  test('an attribute called __proto__ is an attribute', () => {
    expect(Object.keys(readXml('<a __proto__="x"/>').attributes)).toEqual(['__proto__'])
  })
})

describe('writing', () => {
  test('the template escapes what it inserts and leaves markup alone', () => {
    const items = ['<1>', "'2'"].map((item) => xml`<i k='${item}'/>`)
    expect(String(xml`<a n="${1}">${'&'}${items}</a>`)).toBe(
      `<a n="1">&amp;<i k='&lt;1&gt;'/><i k='&apos;2&apos;'/></a>`,
    )
  })

  test('characters XML cannot hold are replaced', () => {
    expect(escapeXml('a\u0000b\uD800c')).toBe('a\uFFFDb\uFFFDc')
  })

  test('any text survives writing and reading, in content and in an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = text.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
        const back = readXml(String(xml`<a>${text}</a>`))
        expect(textOf(back)).toBe(clean)
        expect(readXml(`<a b="${escapeXml(text)}"/>`).attributes['b']).toBe(clean.replace(/[\t\n]/g, ' '))
      }),
    )
  })
})
