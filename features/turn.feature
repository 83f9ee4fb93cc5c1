Feature: TURN services on the VCS Expressway
  An Expressway for mobile and remote access has them off.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: TURN services are off

    @TURN-01
    Scenario: nobody answers on the TURN port
      Given the deployment runs
      When a stranger on the internet sends a STUN Binding request to the VCS Expressway
      Then nothing answers
      When a stranger on the internet sends a TURN Allocate request to the VCS Expressway
      Then nothing answers
      And the VCS Expressway shows no configuration error

    @TURN-01
    Scenario: TURN services were left on
      Given TURN services are On on the VCS Expressway
      And the deployment runs
      When a stranger on the internet sends a STUN Binding request to the VCS Expressway
      Then the Binding is answered
      When a stranger on the internet sends a TURN Allocate request to the VCS Expressway
      Then credentials are asked for
      And the VCS Expressway shows the configuration error "TURN services are on"
      When the administrator sets TURN services to Off
      And a stranger on the internet sends a STUN Binding request to the VCS Expressway
      Then nothing answers
      And the VCS Expressway shows no configuration error
