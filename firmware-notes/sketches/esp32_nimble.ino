// surefoot's open firmware for ESP32 boards of M5Stack (M5StickC Plus, M5Stack Fire, AtomS3 ...).
// Libraries: NimBLE-Arduino 2, M5Unified. Another IMU: replace read_imu. Put surefoot_packet.h beside this file.
// Not tried on hardware.
#include <M5Unified.h>
#include <NimBLEDevice.h>

#include "surefoot_packet.h"

const int RATE_HZ = 100;
const int RANGE_G = 8;  // as M5Unified sets it

NimBLECharacteristic *data;
surefoot_packet packet;

void read_imu(float acc[3], float gyr[3]) {
  M5.Imu.update();
  auto now = M5.Imu.getImuData();
  acc[0] = now.accel.x; acc[1] = now.accel.y; acc[2] = now.accel.z;  // g
  gyr[0] = now.gyro.x; gyr[1] = now.gyro.y; gyr[2] = now.gyro.z;     // degrees per second
}

void setup() {
  char text[64];
  snprintf(text, sizeof text, "rate_hz=%d;range_g=%d", RATE_HZ, RANGE_G);
  M5.begin();
  NimBLEDevice::init("surefoot");
  NimBLEDevice::setMTU(247);
  NimBLEServer *server = NimBLEDevice::createServer();
  server->advertiseOnDisconnect(true);
  NimBLEService *service = server->createService("d46c0001-a5b7-4cde-8160-44a442b508cc");
  data = service->createCharacteristic("d46c0002-a5b7-4cde-8160-44a442b508cc", NIMBLE_PROPERTY::NOTIFY);
  service->createCharacteristic("d46c0003-a5b7-4cde-8160-44a442b508cc", NIMBLE_PROPERTY::READ)->setValue(text);
  service->start();
  NimBLEAdvertising *advertising = NimBLEDevice::getAdvertising();
  advertising->addServiceUUID(service->getUUID());
  advertising->setName("surefoot");
  advertising->start();
  surefoot_begin(&packet, 6, 5);
}

void loop() {
  static uint32_t due_us = micros();
  float acc[3], gyr[3];
  if ((int32_t)(micros() - due_us) < 0) return;
  due_us += 1000000 / RATE_HZ;
  read_imu(acc, gyr);
  uint16_t n = surefoot_add(&packet, micros(), acc, gyr);
  if (n) data->notify(packet.bytes, n);
}
