import { When } from '@cucumber/cucumber'
import type { LabWorld } from '../support/world.ts'

/** Maintenance > Restart options. */
When('the administrator restarts the {host}', async function (this: LabWorld, host: string) {
  const lab = await this.lab()
  await lab.restartSystem(host)
  if (!this.expectNotReady) await lab.ready()
})
