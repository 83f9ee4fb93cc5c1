Feature: Call status in a cluster
  What Status > Calls shows on every peer of a cluster of VCSs.

  Background:
    Given a cluster of each: Controls, Expressways, Unified CM and IM&P

  Rule: the calls of every peer are shown

    @CALL-06
    Scenario: Alice's call through the second Control stands on every peer
      Given Alice is signed in by way of the second VCS Control
      And Carol is signed in
      And Alice is in a call with Carol
      Then the INVITE of Alice has come to the second VCS Control
      And every VCS Control shows 1 current call and 0 in the history, each with its peer
      And every VCS Expressway shows 1 current call and 0 in the history, each with its peer
      When Alice hangs up
      Then the call ends at Carol
      And every VCS Control shows 0 current calls and 1 in the history, each with its peer
      And every VCS Expressway shows 0 current calls and 1 in the history, each with its peer

    @CALL-06
    Scenario: the second Control is taken out of the cluster, its calls vanish from the other one
      Given Alice is signed in by way of the second VCS Control
      And Carol is signed in
      And Alice is in a call with Carol
      Then every VCS Control shows 1 current call and 0 in the history, each with its peer
      When the second VCS Control is taken out of its cluster
      Then the pages of the VCS Control show 0 current calls and 0 in the history
      And the pages of the second VCS Control show 1 current call and 0 in the history

    Scenario: a peer that does not answer is not passed over in silence
      Given the deployment runs
      Then every VCS Control shows 0 current calls and 0 in the history, each with its peer
      When the second VCS Control fails
      Then the calls of the second VCS Control stand on the pages of the VCS Control as not told

  Rule: the most recent 500 calls of each peer are shown

    @CALL-06 @slow
    Scenario: two peers with 600 calls each
      Given Alice is signed in by way of the VCS Control
      And the board room is signed in by way of the second VCS Control
      When Alice and the board room call the number "1998" 100 times each
      And Alice and the board room call the number "1999" 250 times each
      And Alice and the board room call the number "1999" 249 times each
      And Alice calls the number "1999"
      Then the call fails with "404 Not Found"
      When the board room calls the number "1999"
      Then the call fails with "404 Not Found"
      And each VCS Control has had 600 calls
      And the history of every VCS Control has 1000 calls, the 500 most recent of each peer, all for "1999"
