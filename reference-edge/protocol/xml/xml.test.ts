import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { XmlElement } from './element.ts'
import { child, descendants, element, textOf, withAttributes } from './element.ts'
import { readXml, streamLimits, XmlRefused, XmlStream } from './read.ts'
import { escapeXml, writeXml, xml } from './write.ts'

describe('documents', () => {
  test('a tree with namespaces, text and entities', () => {
    const root = readXml('<a:e xmlns:a="urn:a" k="&lt;1&gt;"><b xmlns="urn:b">x &amp; <c/>y</b></a:e>')
    expect(root).toMatchObject({ local: 'e', namespace: 'urn:a', attributes: { k: '<1>' }, prefixes: { a: 'urn:a' } })
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

  test('namespaces are declared where the scope lacks them', () => {
    const stanza = element('iq', { namespace: 'jabber:client', attributes: { id: '1', to: undefined } }, [
      element('query', { namespace: 'urn:q' }, [element('x', { namespace: 'urn:q' })]),
    ])
    expect(writeXml(stanza, { '': 'jabber:client' })).toBe('<iq id="1"><query xmlns="urn:q"><x/></query></iq>')
    expect(writeXml(stanza)).toBe('<iq xmlns="jabber:client" id="1"><query xmlns="urn:q"><x/></query></iq>')
  })

  test('any text survives writing and reading, in content and in an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = text.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
        const back = readXml(writeXml(element('a', {}, text === '' ? [] : [text])))
        expect(textOf(back)).toBe(clean)
        expect(readXml(`<a b="${escapeXml(text)}"/>`).attributes['b']).toBe(clean.replace(/[\t\n]/g, ' '))
      }),
    )
  })
})

const opening = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='urn:p' to='example.com'>`

function readStream(chunks: readonly Uint8Array[], stopAt?: string) {
  const seen: Array<XmlElement | 'closed'> = []
  const stream: XmlStream = new XmlStream({
    onOpen: (root) => seen.push(root),
    onElement: (stanza) => {
      seen.push(stanza)
      if (stanza.local === stopAt) stream.stop()
    },
    onClose: () => seen.push('closed'),
  })
  for (const chunk of chunks) stream.write(chunk)
  return seen
}

describe('streams', () => {
  const text = `${opening}<presence/>\n <message to='a'><body>grü&lt;ß</body><p:x p:y='1'/></message></stream:stream>`

  test('the cut of the bytes does not matter', () => {
    const bytes = Buffer.from(text)
    const whole = readStream([bytes])
    expect(whole).toHaveLength(4)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const points = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const chunks = points.slice(1).map((end, index) => bytes.subarray(points[index], end))
        expect(readStream(chunks)).toEqual(whole)
      }),
    )
  })

  test('a stanza that uses a prefix of the stream carries its declaration when written alone', () => {
    const [, , message] = readStream([Buffer.from(text)])
    expect(writeXml(message as XmlElement, { '': 'jabber:client' })).toBe(
      '<message to="a"><body>grü&lt;ß</body><p:x xmlns:p="urn:p" p:y="1"/></message>',
    )
  })

  test.each([
    ['a DTD', `<!DOCTYPE a><a>`, 'MRA_XML_DTD'],
    ['a comment', `${opening}<!-- x -->`, 'MRA_XML_RESTRICTED'],
    ['a processing instruction', `${opening}<?x y?>`, 'MRA_XML_RESTRICTED'],
    ['text between stanzas', `${opening}hello<a/>`, 'MRA_XML_RESTRICTED'],
    ['an endless stanza', `${opening}<a>${'x'.repeat(streamLimits.length)}`, 'MRA_XML_LIMIT'],
    ['an endless start tag', `${opening}<a b='${'x'.repeat(streamLimits.length)}`, 'MRA_XML_LIMIT'],
  ])('refuses %s', (_what, bytes, code) => {
    expect(() => readStream([Buffer.from(bytes)])).toThrow(expect.objectContaining({ code }))
  })

  test('the limit counts one stanza, not the stream', () => {
    const stanza = `<a>${'x'.repeat(100_000)}</a>`
    expect(readStream([opening, stanza, stanza, stanza, stanza].map((part) => Buffer.from(part)))).toHaveLength(5)
  })

  test('nothing is told after stop, not even of the same bytes', () => {
    expect(readStream([Buffer.from(`${opening}<starttls/><iq/>`), Buffer.from('<iq/>')], 'starttls')).toHaveLength(2)
  })

  test('withAttributes sets and removes', () => {
    const changed = withAttributes(element('a', { attributes: { from: 'x', to: 'y' } }), { from: 'z', to: undefined })
    expect(writeXml(changed)).toBe('<a from="z"/>')
  })
})
