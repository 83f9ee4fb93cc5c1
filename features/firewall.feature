Feature: Firewall
  An Expressway with one network interface in a private network: a firewall translates its public address.

  Background:
    Given a VCS Expressway with a single NIC and static NAT

  Rule: the Control reaches an Expressway with static NAT by its external name

    @private-fabric @needs:nft @FW-03 @FW-05
    Scenario: the peer address is the name that the outside knows
      Given Alice and Carol are signed in
      Then the VCS Control has connected to port 7001 of the public address
      And the VCS Control has connected to port 2222 of the public address
      And the VCS Control has connected to port 7400 of the public address
      And the reflection rule of the firewall counts more
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      And the reflection rule of the firewall counts more

    @private-fabric @needs:nft @FW-03
    Scenario: the inside knows the Expressway by its private address
      Given the internal DNS has the private address of the VCS Expressway
      And the firewall passes everything between the inside and the DMZ, without NAT reflection
      And Alice and Carol are signed in
      Then the traversal zone is active at both ends
      When Alice calls Carol
      Then the call connects
      And Alice hears nothing
      And Carol hears nothing
      And the firewall has lost what the inside sent to the public address

    @private-fabric @needs:nft @FW-03 @slow
    Scenario: the peer address is the private one
      Given the peer address of the VCS Control is the Expressway's private address
      Then the traversal zone of the VCS Control has timed out
      And the firewall has turned away what was sent to the private address
      When Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"

  Rule: with static NAT the Expressway asks for signaling and media at its external address

    @private-fabric @needs:nft @FW-04
    Scenario: what a call with Alice names
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then everything that the VCS Expressway has sent for the call names its public address only
      And Alice and Carol hear each other

    @private-fabric @needs:nft @FW-04
    Scenario: static NAT mode was left off behind the firewall
      Given static NAT mode is Off on the VCS Expressway
      And Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And everything that the VCS Expressway has sent for the call names its private address only
      And Alice hears nothing
      And Carol hears nothing
      And the firewall has turned away what was sent to the private address

  Rule: the firewall has to let the Control reach the external name

    @private-fabric @needs:nft @FW-05 @slow
    Scenario: the firewall loses its reflection rule
      Given Alice is signed in
      Then the reflection rule of the firewall counts more
      When the firewall reflects nothing any more
      Then the traversal zone of the VCS Control has timed out
      And the SSH tunnel of the VCS Control has timed out
      And the XCP link of the VCS Control has timed out
      And the firewall has lost what the inside sent to the public address
      When Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"
      When the firewall has NAT reflection
      Then the reflection rule of the firewall counts more
      When Alice signs in
      Then the sign-in of Alice succeeds

  Rule: not every firewall has NAT reflection

    @private-fabric @needs:nft @FW-06 @FW-05 @slow
    Scenario: the firewall has none
      Given a firewall without NAT reflection, which the lab reports as not deployable
      Then the traversal zone of the VCS Control has timed out
      And the firewall has lost what the inside sent to the public address
      When Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"
      When the firewall has NAT reflection
      And Alice signs in
      Then the sign-in of Alice succeeds
