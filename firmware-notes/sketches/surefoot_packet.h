/* surefoot's open packet: see ../surefoot-profile.md. Plain C99, nothing but stdint; one copy for every sketch.
 *
 *   byte 0     1 = acceleration and rate, 2 = acceleration only
 *   byte 1     n, the samples in this packet
 *   byte 2..3  number of the packet, from 0, up by one each, at its end from 0 again
 *   byte 4..7  time of the first sample in microseconds, at its end from 0 again
 *   then n times: ax ay az (gx gy gz) as 16-bit integers
 *
 * All little endian. 2048 counts are 1 g (so +-16 g fit), 16 counts are 1 degree per second (+-2048 fit).
 */
#ifndef SUREFOOT_PACKET_H
#define SUREFOOT_PACKET_H

#include <stdint.h>

#define SUREFOOT_COUNTS_PER_G 2048.0f
#define SUREFOOT_COUNTS_PER_DPS 16.0f
#define SUREFOOT_HEADER_BYTES 8
#define SUREFOOT_MAX_BYTES 244 /* what one notification holds at the usual largest MTU of 247 */

typedef struct {
    uint8_t bytes[SUREFOOT_MAX_BYTES];
    uint8_t axes;    /* 6 or 3 */
    uint8_t samples; /* that a packet holds when it is full */
    uint8_t held;    /* that it holds now */
    uint16_t number;
} surefoot_packet;

static inline void surefoot_put16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value & 0xFF);
    at[1] = (uint8_t)(value >> 8);
}

static inline uint16_t surefoot_counts(float value, float per_unit) {
    float counts = value * per_unit;
    if (!(counts > -32768.0f)) return 0x8000; /* clipped, and so is what is not a number */
    if (counts > 32767.0f) return 0x7FFF;
    return (uint16_t)(int16_t)(counts + (counts < 0 ? -0.5f : 0.5f));
}

/* axes: 6 or 3. samples: 1 to 19 with six axes, 1 to 39 with three; fewer fit when the link has a smaller MTU. */
static inline void surefoot_begin(surefoot_packet *packet, uint8_t axes, uint8_t samples) {
    uint8_t most = (uint8_t)((SUREFOOT_MAX_BYTES - SUREFOOT_HEADER_BYTES) / (2 * axes));
    packet->axes = axes;
    packet->samples = samples < 1 ? 1 : samples > most ? most : samples;
    packet->held = 0;
    packet->number = 0;
}

/* One sample: g and degrees per second (not read with three axes). Returns the bytes to notify once the packet is
 * full, else 0; the next call begins the next packet. */
static inline uint16_t surefoot_add(surefoot_packet *packet, uint32_t time_us, const float acc_g[3],
                                    const float gyr_dps[3]) {
    uint8_t *at = packet->bytes + SUREFOOT_HEADER_BYTES + 2 * packet->axes * packet->held;
    int axis;
    if (packet->held == 0) {
        packet->bytes[0] = packet->axes == 6 ? 1 : 2;
        packet->bytes[1] = packet->samples;
        surefoot_put16(packet->bytes + 2, packet->number);
        surefoot_put16(packet->bytes + 4, (uint16_t)(time_us & 0xFFFF));
        surefoot_put16(packet->bytes + 6, (uint16_t)(time_us >> 16));
    }
    for (axis = 0; axis < 3; axis++) {
        surefoot_put16(at + 2 * axis, surefoot_counts(acc_g[axis], SUREFOOT_COUNTS_PER_G));
        if (packet->axes == 6) surefoot_put16(at + 6 + 2 * axis, surefoot_counts(gyr_dps[axis], SUREFOOT_COUNTS_PER_DPS));
    }
    if (++packet->held < packet->samples) return 0;
    packet->held = 0;
    packet->number++;
    return (uint16_t)(SUREFOOT_HEADER_BYTES + 2 * packet->axes * packet->samples);
}

#endif
