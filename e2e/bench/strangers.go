package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// quietEnough is what other programs may take of the machine without spoiling
// the figures.
const quietEnough = 0.1

// strangers is the part of the machine that other programs take while we do
// nothing, from 0 to 1.
func strangers(ctx context.Context) (float64, error) {
	idle, all, err := ticks()
	if err != nil {
		return 0, err
	}
	pause(ctx, 2*time.Second)
	idleNow, allNow, err := ticks()
	if err != nil || allNow == all {
		return 0, err
	}
	return 1 - (idleNow-idle)/(allNow-all), nil
}

// ticks are those of all cores since the machine began: the idle ones and all.
// Time that the host gave to other machines is not idle.
func ticks() (idle, all float64, err error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return 0, 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	for i, field := range fields[1:9] { // user nice system idle iowait irq softirq steal
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("/proc/stat: %w", err)
		}
		all += n
		if i == 3 || i == 4 {
			idle += n
		}
	}
	return idle, all, nil
}
