import { expect, test } from 'vitest'
import { StreamParser } from './stream-parser.ts'

function read(...pieces: string[]): { isSound: boolean; elements: number } {
  let elements = 0
  const events = { onHeader: () => {}, onElement: () => void elements++, onEnd: () => {} }
  const parser = new StreamParser(events, { elementBytes: 1_000 })
  const isSound = pieces.map((piece) => parser.write(Buffer.from(piece, 'latin1'))).every(Boolean)
  return { isSound, elements }
}

test('stanzas, and white space ahead of the stream', () => {
  expect(read(' \r\n', '<stream><a/>', '<b>x</b>')).toEqual({ isSound: true, elements: 2 })
})

test.each([
  ['text ahead of the stream', ['GET / HTTP/1.1\r\n']],
  ['text ahead of the stream, behind white space', [' ', 'x<stream>']],
  ['a comment', ['<stream>', '<!-- x -->']],
  ['a comment cut in its first characters', ['<stream><', '!', '-', '- x -->']],
  ['a DTD', ['<!DOCTYPE stream>']],
  ['a DTD cut in two', ['<', '!D', 'OCTYPE stream>']],
  ['ill-formed UTF-8', ['<stream><a>\xff</a>']],
])('%s is refused', (_, pieces) => {
  expect(read(...pieces).isSound).toBe(false)
})
