Feature: Clustered VCS systems and failover considerations
  VCS Controls can be clustered, and so can VCS Expressways: what one peer carried goes on by way of another.

  Background:
    Given a cluster of each: Controls, Expressways, Unified CM and IM&P

  Rule: several Controls can be clustered for failover and more capacity

    @CLU-01
    Scenario: the requests of a sign-in are spread over both Controls
      When Alice signs in
      Then the sign-in of Alice succeeds
      And both VCS Controls have asked Unified CM about Alice

    @CLU-01
    Scenario Outline: the <control> has failed before Alice signs in
      Given the deployment runs
      When the <control> fails
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Alice is registered by way of the <other>
      And the Unified CM cluster of Alice has her registered

      Examples:
        | control            | other              |
        | VCS Control        | second VCS Control |
        | second VCS Control | VCS Control        |

    @CLU-01
    Scenario: the Control that carries Alice fails
      Given Carol is signed in
      And Alice is signed in by way of the second VCS Control
      When the second VCS Control fails
      Then everybody is back by the next keep-alive
      And Alice is registered by way of the VCS Control
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

    @CLU-01
    Scenario: both Controls have failed
      Given the deployment runs
      When the VCS Control fails
      And the second VCS Control fails
      And Alice signs in
      Then Alice receives "502 Next Hop Connection Failed"

  Rule: several Expressways can be clustered for failover and more capacity

    @CLU-02
    Scenario Outline: the <expressway> has failed before Alice signs in
      Given the deployment runs
      When the <expressway> fails
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Alice is registered by way of the <other>

      Examples:
        | expressway            | other                 |
        | VCS Expressway        | second VCS Expressway |
        | second VCS Expressway | VCS Expressway        |

    @CLU-02 @TRAV-21
    Scenario: the Expressway that carries Alice fails
      Given Carol is signed in
      And Alice is signed in by way of the second VCS Expressway
      When the second VCS Expressway fails
      Then Alice is back without doing anything
      And Alice is registered by way of the VCS Expressway
      When Carol calls Alice
      Then the call connects
      And Alice and Carol hear each other

    @CLU-02
    Scenario: both Expressways have failed
      Given the deployment runs
      When the VCS Expressway fails
      And the second VCS Expressway fails
      And Alice signs in
      Then the sign-in of Alice fails with "EDGE_SERVER_CONNECTION_ERROR"

  Rule: Unified CM and IM&P are discovered on the master of a cluster of Controls

    @CLU-03
    Scenario: discovered on the master
      Given the VCS Control knows no Unified CM
      And the peers of each cluster have the configuration of their master
      When the administrator discovers Unified CM on the VCS Control
      Then the VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name
      And the second VCS Control has a zone "CEtcp-cucm1" and a search rule of the same name
      And the second VCS Control lists the Unified CM server "cucm1.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds

    @CLU-03
    Scenario: discovered on the other peer
      Given the VCS Control knows no Unified CM
      And the peers of each cluster have the configuration of their master
      When the administrator discovers Unified CM on the second VCS Control
      And the second VCS Control has taken the configuration of its master
      Then the second VCS Control lists no Unified CM server
      And the VCS Control lists no Unified CM server
      And the second VCS Control has no zone "CEtcp-cucm1"
      When Alice signs in
      Then Alice receives "503 Service Unavailable"

  Rule: a cluster carries more than one VCS

    @CLU-04
    Scenario: two calls where each VCS has room for one
      Given each VCS has room for 1 call
      And Bob and Carol are signed in
      And Alice is signed in by way of the VCS Expressway and the VCS Control
      And the board room is signed in by way of the second VCS Expressway and the second VCS Control
      When Alice calls Carol
      Then the call connects
      When the board room calls Bob
      Then the call connects
      And Bob hears the board room

    @CLU-04
    Scenario: one peer of each cluster is gone
      Given each VCS has room for 1 call
      And Bob and Carol are signed in
      And the second VCS Control fails
      And the second VCS Expressway fails
      And Alice and the board room are signed in
      When Alice calls Carol
      Then the call connects
      When the board room calls Bob
      Then the call fails with "503 Service Unavailable"
