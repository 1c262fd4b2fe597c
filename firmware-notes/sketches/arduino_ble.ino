// surefoot's open firmware for Arduino Nano 33 BLE Sense (both revisions) and Seeed XIAO nRF52840 Sense.
// Libraries: ArduinoBLE, and Arduino_LSM9DS1 (Nano, first revision), Arduino_BMI270_BMM150 (second revision) or
// "Seeed Arduino LSM6DS3" (XIAO). Put surefoot_packet.h beside this file. Not tried on hardware.
#include <ArduinoBLE.h>

#include "surefoot_packet.h"

#if defined(ARDUINO_Seeed_XIAO_nRF52840_Sense)
#include <LSM6DS3.h>
LSM6DS3 imu(I2C_MODE, 0x6A);
const float RATE_HZ = 104;
const float RANGE_G = 16;
bool begin_imu() {
  imu.settings.accelRange = 16;
  imu.settings.gyroRange = 2000;
  imu.settings.accelSampleRate = imu.settings.gyroSampleRate = 104;
  return imu.begin() == 0;
}
bool read_imu(float acc[3], float gyr[3]) {  // the clock of this sketch decides when
  static uint32_t due_us = micros();
  if ((int32_t)(micros() - due_us) < 0) return false;
  due_us += (uint32_t)(1e6f / RATE_HZ);
  acc[0] = imu.readFloatAccelX(); acc[1] = imu.readFloatAccelY(); acc[2] = imu.readFloatAccelZ();
  gyr[0] = imu.readFloatGyroX(); gyr[1] = imu.readFloatGyroY(); gyr[2] = imu.readFloatGyroZ();
  return true;
}
#else
#if __has_include(<Arduino_LSM9DS1.h>)
#include <Arduino_LSM9DS1.h>
const float RATE_HZ = 119;
#else
#include <Arduino_BMI270_BMM150.h>
const float RATE_HZ = 100;
#endif
const float RANGE_G = 4;  // as these libraries set it
bool begin_imu() { return IMU.begin(); }
bool read_imu(float acc[3], float gyr[3]) {  // the sensor's clock decides when
  if (!IMU.accelerationAvailable() || !IMU.gyroscopeAvailable()) return false;
  IMU.readAcceleration(acc[0], acc[1], acc[2]);
  IMU.readGyroscope(gyr[0], gyr[1], gyr[2]);
  return true;
}
#endif

BLEService service("d46c0001-a5b7-4cde-8160-44a442b508cc");
BLECharacteristic data("d46c0002-a5b7-4cde-8160-44a442b508cc", BLENotify, SUREFOOT_MAX_BYTES, false);
BLECharacteristic info("d46c0003-a5b7-4cde-8160-44a442b508cc", BLERead, 64, false);
surefoot_packet packet;

void setup() {
  char text[64];
  snprintf(text, sizeof text, "rate_hz=%d;range_g=%d", (int)RATE_HZ, (int)RANGE_G);
  if (!begin_imu() || !BLE.begin()) {
    pinMode(LED_BUILTIN, OUTPUT);
    while (true) digitalWrite(LED_BUILTIN, millis() / 200 % 2);  // blinks: no sensor or no radio
  }
  BLE.setLocalName("surefoot");
  BLE.setDeviceName("surefoot");
  BLE.setAdvertisedService(service);
  BLE.setConnectionInterval(12, 24);  // 15 to 30 ms
  service.addCharacteristic(data);
  service.addCharacteristic(info);
  BLE.addService(service);
  info.writeValue((const uint8_t *)text, strlen(text));
  BLE.advertise();
  surefoot_begin(&packet, 6, 5);  // 68 bytes a packet; 1 sample a packet fits where the MTU stays at 23
}

void loop() {
  float acc[3], gyr[3];
  BLE.poll();
  if (!read_imu(acc, gyr)) return;
  uint16_t n = surefoot_add(&packet, micros(), acc, gyr);
  if (n && data.subscribed()) data.writeValue(packet.bytes, n);
}
