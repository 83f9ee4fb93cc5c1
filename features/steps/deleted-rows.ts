import { Then, When } from '@cucumber/cucumber'
import { ApiRefusal } from '#lab/vcs/administrator.ts'
import { Mismatch } from '../support/matchers.ts'
import { Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const pages: Readonly<Record<string, string>> = {
  zone: Page.zones,
  'search rule': 'Configuration > Dial plan > Search rules',
  server: Page.unifiedCm,
}

When(
  /^the administrator deletes the (zone|search rule|server) "([^"]+)" on the VCS Control$/,
  async function (this: LabWorld, kind: string, row: string) {
    await using administrator = (await this.lab()).administrator('vcsc1')
    const { url } = await administrator.page(pages[kind]!)
    const refusal = await administrator
      .call({ method: 'DELETE', path: `${url}/${encodeURIComponent(row)}` })
      .then(() => 'none')
      .catch((error: unknown) => {
        if (!(error instanceof ApiRefusal)) throw error
        return error.message
      })
    this.memory.set('refusal of the change', refusal)
  },
)

Then(/^the change is refused: "(.+)"$/, function (this: LabWorld, says: string) {
  const refusal = String(this.memory.get('refusal of the change'))
  if (!refusal.includes(says)) throw new Mismatch('the refusal', says, refusal)
  this.showRecord('vcsc1', refusal)
})
