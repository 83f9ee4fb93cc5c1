Feature: A node of Unified CM or of IM&P fails
  Devices know the nodes of their Cisco Unified CM Group, and IM&P users have a backup node. Whoever loses his node goes to
  the next one, outside as well as inside.

  Rule: a device registers with the next node of its group where the first one does not answer

    Background:
      Given the Unified CM cluster has a publisher and a subscriber

    Scenario: the publisher fails while Alice and the board room are registered with it
      Given Alice and the board room are signed in
      And the Unified CM has Alice registered
      When the Unified CM fails
      And the clocks advance by 2 minutes
      Then the subscriber of Unified CM has Alice registered
      And the subscriber of Unified CM has the board room registered
      When Alice calls the board room
      Then the call connects

    Scenario: Alice's group has only the publisher
      Given the Cisco Unified CM Group of Alice is "cucm1"
      And Alice and the board room are signed in
      When the Unified CM fails
      And the clocks advance by 2 minutes
      Then the subscriber of Unified CM has the board room registered
      And Alice is registered with no node

    Scenario: the publisher is down before Alice signs in
      Given the deployment runs
      When the Unified CM fails
      And Alice signs in
      Then the subscriber of Unified CM has Alice registered

    Scenario: Alice and Bob are registered with different nodes
      Given the Cisco Unified CM Group of Alice is "cucm1"
      And the Cisco Unified CM Group of Bob is "cucm2"
      And Alice and Bob are signed in
      And the subscriber of Unified CM has Bob registered
      When Alice calls Bob
      Then the call connects
      And Alice and Bob hear each other

  Rule: users of two IM&P nodes are one company

    Background:
      Given the IM&P cluster has a publisher and a subscriber

    Scenario: Alice is at the one node, Bob at the other
      Given Alice and Bob are signed in
      And the IM&P has a session of Alice
      And the subscriber of IM&P has a session of Bob
      When Alice writes "can you read me?" to Bob
      Then Bob reads "can you read me?" from Alice

    Scenario: Bob's node fails
      Given Alice and Bob are signed in
      When the subscriber of IM&P fails
      And the clocks advance by 2 seconds
      Then the IM&P has a session of Bob
      When Alice writes "still there?" to Bob
      Then Bob reads "still there?" from Alice

    Scenario: the node fails over which Control has connected Alice
      Given Alice and Bob are signed in
      And the IM&P has a session of Alice
      When the IM&P fails
      And the clocks advance by 2 seconds
      Then the subscriber of IM&P has a session of Alice
      When Bob writes "welcome back" to Alice
      Then Alice reads "welcome back" from Bob

    Scenario: both nodes fail
      Given Alice and Bob are signed in
      When the subscriber of IM&P fails
      And the IM&P fails
      And the clocks advance by 2 seconds
      Then the instant messaging of Alice is gone
