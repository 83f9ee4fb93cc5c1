import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Stanza } from './stanza.ts'
import { Namespace, stanza, writeStanza } from './stanza.ts'
import { StreamReader } from './stream-reader.ts'

const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${Namespace.stream}' to='example.com' version='1.0'>`
const limits = { stanzaBytes: 1024, depth: 8 }

function reading(cut: readonly Uint8Array[], limit = limits) {
  const seen: Stanza[] = []
  const last: boolean[] = []
  let headers = 0
  let ends = 0
  const reader = new StreamReader(
    {
      onHeader: () => headers++,
      onStanza: (element, isLast) => {
        seen.push(element)
        last.push(isLast)
      },
      onEnd: () => ends++,
    },
    limit,
  )
  let condition: string | undefined
  for (const piece of cut) condition ??= reader.write(piece)
  return { seen, last, headers, ends, condition }
}

const word = fc.stringMatching(/^[a-z]{1,8}$/)
const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((value) => !/[^\P{Cc}\t\n]|[\uFFFE\uFFFF]/u.test(value))
const element = fc.letrec<{ stanza: Stanza }>((tie) => ({
  stanza: fc
    .record({
      name: word,
      namespace: fc.constantFrom(Namespace.client, 'urn:x', 'urn:y', Namespace.stream),
      attributes: fc.dictionary(word, text, { maxKeys: 3 }),
      children: fc.array(fc.oneof({ depthSize: 'small' }, text, tie('stanza')), { maxLength: 3 }),
    })
    .map(({ name, namespace, attributes, children }) => stanza(name, namespace, attributes, children)),
})).stanza

function joined(of: Stanza): unknown {
  const children: unknown[] = []
  for (const child of of.children) {
    if (typeof child !== 'string') children.push(joined(child))
    else if (typeof children.at(-1) === 'string') children.push(String(children.pop()) + child)
    else if (child !== '') children.push(child)
  }
  return { ...of, children }
}

test('what is written is read the same, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(element, { maxLength: 4 }), fc.array(fc.nat(400), { maxLength: 12 }), (stanzas, cuts) => {
      const written = stanzas.map((one) => writeStanza(one, Namespace.client, 100_000))
      const bytes = Buffer.from(header + written.join(' ') + '</stream:stream>')
      const points = [...new Set([0, ...cuts, bytes.length])].filter((at) => at <= bytes.length).sort((a, b) => a - b)
      const pieces = points.slice(1).map((end, index) => bytes.subarray(points[index]!, end))
      const { seen, headers, ends, condition } = reading(pieces, { stanzaBytes: 100_000, depth: 30 })
      expect([condition, headers, ends]).toEqual([undefined, 1, 1])
      expect(seen.map(joined)).toEqual(stanzas.map(joined))
    }),
    { numRuns: 200 },
  )
})

test.each([
  ['a DTD', `<!DOCTYPE x [<!ENTITY a 'b'>]>`, 'restricted-xml'],
  ['a DTD without end', `<?xml version='1.0'?>\n<!DOCTYPE x [`, 'restricted-xml'],
  ['a comment', `${header}<!-- x -->`, 'restricted-xml'],
  ['a processing instruction', `${header}<?x y?>`, 'restricted-xml'],
  ['an unknown entity', `${header}<a>&x;</a>`, 'not-well-formed'],
  ['crossed tags', `${header}<a><b></a></b>`, 'not-well-formed'],
  ['an unbound prefix', `${header}<x:a/>`, 'not-well-formed'],
  ['a doubled attribute', `${header}<a b='1' b='2'/>`, 'not-well-formed'],
  ['text between stanzas', `${header}hello<a/>`, 'bad-format'],
  ['depth', `${header}${'<a>'.repeat(9)}`, 'policy-violation'],
  ['a long stanza', `${header}<a>${'x'.repeat(1025)}`, 'policy-violation'],
  ['a long attribute', `${header}<a b='${'x'.repeat(1025)}`, 'policy-violation'],
  ['endless keepalive', `${header}${' '.repeat(1025)}`, 'policy-violation'],
])('%s is refused', (_what, text, expected) => {
  expect(reading([Buffer.from(text)]).condition).toBe(expected)
  expect(reading([...Buffer.from(text)].map((byte) => Buffer.of(byte))).condition).toBe(expected)
})

test.each([
  ['overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a lone continuation', [0x80]],
  ['a cut sequence', [0xe2, 0x82, 0x3c]],
])('ill-formed UTF-8 is refused: %s', (_what, bytes) => {
  const { condition } = reading([Buffer.concat([Buffer.from(`${header}<a>`), Buffer.from(bytes), Buffer.from('</a>')])])
  expect(condition).toBe('not-well-formed')
})

test('the limit counts bytes of one stanza, not of the stream; 3-byte characters count thrice', () => {
  const one = `<a>${'x'.repeat(900)}</a>`
  expect(reading([Buffer.from(header + one.repeat(20))]).seen).toHaveLength(20)
  expect(reading([Buffer.from(`${header}<a>${'€'.repeat(400)}</a>`)]).condition).toBe('policy-violation')
})

test('the reader knows whether bytes follow a stanza', () => {
  expect(reading([Buffer.from(`${header}<a/><b/>`)]).last).toEqual([false, true])
  expect(reading([Buffer.from(`${header}<a/>\n`)]).last).toEqual([false])
  expect(reading([Buffer.concat([Buffer.from(`${header}<a/>`), Buffer.of(0xc3)])]).last).toEqual([false])
})

test('writing stops at its limit: namespace declarations do not multiply', () => {
  const inner = Array.from({ length: 1000 }, (_, index) => stanza('a', `urn:${index % 2}${'x'.repeat(1000)}`))
  expect(writeStanza(stanza('b', Namespace.client, {}, inner), Namespace.client, 50_000)).toBeUndefined()
})
