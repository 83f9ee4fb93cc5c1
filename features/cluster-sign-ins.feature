Feature: Sign-ins in a cluster of Controls
  A user who signed in through one VCS Control of a cluster is signed in at all of them.

  Background:
    Given a cluster of each: Controls, Expressways, Unified CM and IM&P

  Rule: cookie and credentials count at every peer

    Scenario: Alice's requests reach both Controls
      Given Alice asks for her edge configuration
      When Alice opens the policy file 4 times by her cookie alone
      Then every answer is 200
      And every VCS Control has asked Unified CM for the policy file
      And the VCS Controls have submitted credentials to Unified CM 1 time in all

    Scenario: Controls that are no cluster do not know each other's users
      Given the second VCS Control is taken out of its cluster
      And Alice asks for her edge configuration
      When Alice opens the policy file 4 times by her cookie alone
      Then 2 of the answers are 401, the others 200

  Rule: a sign-in outlives the Control that it was made through

    @CLU-01
    Scenario: the Control that signed Alice in fails
      Given Alice is signed in by way of the second VCS Control
      Then every VCS Control lists the provisioning session of Alice at the second VCS Control
      When the second VCS Control fails
      And Alice opens the policy file by her cookie alone
      Then the answer is 200
      When Alice registers again
      Then Alice is registered by way of the VCS Control now
