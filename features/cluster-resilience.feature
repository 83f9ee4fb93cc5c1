Feature: A peer of a cluster fails and comes back
  What a peer carries ends with it; whatever the others carry goes on, and clients come back over them without waiting for it.

  Background:
    Given a cluster of each: Controls, Expressways, Unified CM and IM&P
    And every host runs as a program of its own

  Rule: a VCS that fails ends its own calls only, and its peer takes its clients

    @process @slow
    Scenario Outline: the <element> is killed while both peers carry calls
      Given Bob and Carol are signed in
      And Alice is signed in by way of the <element>
      And the board room is signed in by way of the <other>
      And Alice has 5 calls with Carol
      And the board room has 5 calls with Bob
      When the <element> is killed
      Then the other elements run on
      And the calls of Alice and Carol end
      And Alice and Carol come back
      And Alice is registered by way of the <other>
      And the board room still has 5 calls with Bob
      And the board room and Bob hear each other in all calls
      When Alice signs out
      And Alice signs in
      Then the sign-in of Alice succeeds
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice ends all calls
      And the board room ends all calls
      Then no call, licence or media port is counted where the VCSs still run
      When the <element> is started again
      Then the VCS Control is ready again
      And the peers of each cluster have the configuration of their master
      When Alice signs out
      And Alice is signed in by way of the <element>
      And Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

      Examples:
        | element               | other                 |
        | VCS Expressway        | second VCS Expressway |
        | second VCS Expressway | VCS Expressway        |

    @process @slow
    Scenario Outline: the <element> is killed while both peers carry calls
      Given Bob and Carol are signed in
      And Alice is signed in by way of the <element>
      And the board room is signed in by way of the <other>
      And Alice has 5 calls with Carol
      And the board room has 5 calls with Bob
      When the <element> is killed
      Then the other elements run on
      And Alice is told by a BYE that 5 calls are over
      And Carol hears nothing in 5 calls
      When Carol ends all calls
      Then Alice and Carol come back
      And Alice is registered by way of the <other>
      And the board room still has 5 calls with Bob
      And the board room and Bob hear each other in all calls
      When Alice signs out
      And Alice signs in
      Then the sign-in of Alice succeeds
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice ends all calls
      And the board room ends all calls
      Then no call, licence or media port is counted where the VCSs still run
      When the <element> is started again
      Then the VCS Control is ready again
      And the peers of each cluster have the configuration of their master
      When Alice signs out
      And Alice is signed in by way of the <element>
      And Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

      Examples:
        | element            | other              |
        | VCS Control        | second VCS Control |
        | second VCS Control | VCS Control        |

  Rule: a node of Unified CM that fails ends the calls of its devices only, and they register with the next one

    @process @slow
    Scenario Outline: the <element> is killed while both nodes carry calls
      Given the Cisco Unified CM Group of Alice is "<node>, <other node>"
      And the Cisco Unified CM Group of Carol is "<node>, <other node>"
      And the Cisco Unified CM Group of the board room is "<other node>, <node>"
      And the Cisco Unified CM Group of Bob is "<other node>, <node>"
      And Bob and Carol are signed in
      And Alice and the board room are signed in
      And Alice has 5 calls with Carol
      And the board room has 5 calls with Bob
      When the <element> is killed
      Then the other elements run on
      And the calls of Alice and Carol end
      And Alice and Carol come back
      And the <other> has Alice registered
      And the board room still has 5 calls with Bob
      And the board room and Bob hear each other in all calls
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice ends all calls
      And the board room ends all calls
      Then no call, licence or media port is counted where the VCSs still run
      When the <element> is started again
      Then the VCS Control is ready again
      When Alice signs out
      And Alice signs in
      Then the <element> has Alice registered
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other

      Examples:
        | element                  | node  | other                    | other node |
        | Unified CM               | cucm1 | subscriber of Unified CM | cucm2      |
        | subscriber of Unified CM | cucm2 | Unified CM               | cucm1      |

  Rule: a node of IM&P that fails ends no call, and its users go to the other one

    @process @slow
    Scenario Outline: the <element> is killed while Alice chats and telephones
      Given Alice, Bob and Carol are signed in
      And the <element> has a session of <user>
      And Alice has 5 calls with Carol
      When the <element> is killed
      Then the other elements run on
      And the <other> has a session of Alice
      And the <other> has a session of Bob
      When Alice writes "are you at the other node too?" to Bob
      Then Bob reads "are you at the other node too?" from Alice
      And Alice still has 5 calls with Carol
      And Alice and Carol hear each other in all calls
      When Alice ends all calls
      Then no call, licence or media port is counted where the VCSs still run
      When the <element> is started again
      Then every VCS Control has all its links again
      When <user> signs out
      And <user> signs in
      Then the <element> has a session of <user>
      When Alice writes "and now?" to Bob
      Then Bob reads "and now?" from Alice

      Examples:
        | element            | other              | user  |
        | IM&P               | subscriber of IM&P | Alice |
        | subscriber of IM&P | IM&P               | Bob   |
