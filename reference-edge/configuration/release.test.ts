import { expect, it } from 'vitest'
import { pagesOf } from './catalogue.ts'
import { Product } from './page.ts'
import { unifiedCommunications } from './pages/unified-communications.ts'

function choicesOf(release: string): readonly string[] | undefined {
  const page = pagesOf(Product.expressway, release).find(({ resource }) => resource === unifiedCommunications.resource)
  return page?.kind === 'form' ? page.fields['mode']?.choices : undefined
}

it.each(['X8.1.1', 'X8.2', 'X8.10', 'X9', 'X14.0.3'])('%s offers mobile and remote access', (release) => {
  expect(choicesOf(release)).toEqual(['Off', 'Mobile and remote access'])
})

it.each(['X8.1.0', 'X8.1', 'X8', 'X7.2'])('%s does not', (release) => {
  expect(choicesOf(release)).toEqual(['Off'])
})
